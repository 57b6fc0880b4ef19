#!/bin/sh
# The same in Icarus Verilog 11 or newer, which shares no code with Verilator; slower.
# Options of the testbench may follow: ./run_icarus.sh +valid=70 +seed=3
cd "$(dirname "$0")" || exit 1
mkdir -p build
iverilog -g2012 -s bundle_tb -o build/icarus $(cat testbench/sources.txt) > build/icarus.log 2>&1 ||
  { cat build/icarus.log; echo "FAIL: Icarus could not build the testbench"; exit 1; }
vvp build/icarus "$@" > build/icarus.txt 2>&1
exec sh testbench/verdict.sh build/icarus.txt
