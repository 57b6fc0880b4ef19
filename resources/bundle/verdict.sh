#!/bin/sh
# What the testbenches said, and whether every file of the bundle is as it was exported. Ends with 0 only if all is well.
verdict=0
for said in "$@"; do
  grep -v '^- ' "$said"
  grep -q '^PASS' "$said" || verdict=1
  grep -q '^FAIL' "$said" && verdict=1
done
if sha256sum --check --quiet SHA256SUMS; then
  echo "every file is as it was exported"
else
  verdict=1
fi
exit $verdict
