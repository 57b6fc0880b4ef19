#!/bin/sh
# What the testbench said, and whether every file of the bundle is as it was exported. Ends with 0 only if all is well.
verdict=0
grep -v '^- ' "$1"
grep -q '^PASS' "$1" || verdict=1
grep -q '^FAIL' "$1" && verdict=1
if sha256sum --check --quiet SHA256SUMS; then
  echo "every file is as it was exported"
else
  verdict=1
fi
exit $verdict
