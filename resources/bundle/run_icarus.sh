#!/bin/sh
# The same in Icarus Verilog 11 or newer, which shares no code with Verilator; slower.
# Options of the testbenches may follow: ./run_icarus.sh +valid=70 +seed=3
cd "$(dirname "$0")" || exit 1
mkdir -p build
build() { # top, sources
  iverilog -g2012 -I testbench -s "$1" -o "build/icarus_$1" $(cat "$2") > build/icarus.log 2>&1 ||
    { cat build/icarus.log; echo "FAIL: Icarus could not build $1"; exit 1; }
  vvp "build/icarus_$1" $options > "build/icarus_$1.txt" 2>&1
}
options="$*"
[ ! -f testbench/modules_tb.sv ] || build modules_tb testbench/module_sources.txt
build bundle_tb testbench/sources.txt
exec sh testbench/verdict.sh build/icarus_*.txt
