#!/bin/sh
# Builds the testbench of this bundle with Verilator (5.006 or newer), runs it, and checks every file against its hash.
# Options of the testbench may follow: ./run_verilator.sh +valid=70 +seed=3
# OPT=-O0 builds quicker and runs slower.
cd "$(dirname "$0")" || exit 1
mkdir -p build
command -v ccache > /dev/null && cache=ccache || cache=
{
  verilator --cc --exe --main --timing -O3 --noassert -Wno-fatal -Wno-lint -Wno-style \
    --top-module bundle_tb --Mdir build/verilator $(cat testbench/sources.txt) &&
  make -s -j 2 -C build/verilator -f Vbundle_tb.mk OBJCACHE=$cache OPT_FAST=${OPT:--O1} OPT_SLOW=-O0 OPT_GLOBAL=${OPT:--O1} Vbundle_tb
} > build/verilator.log 2>&1 ||
  { cat build/verilator.log; echo "FAIL: Verilator could not build the testbench"; exit 1; }
./build/verilator/Vbundle_tb "$@" > build/verilator.txt 2>&1
exec sh testbench/verdict.sh build/verilator.txt
