#!/bin/sh
# usage: check-symbols.sh NM ARCHIVE
# Fails where the archive asks for a C++ symbol.
set -e
undefined=$("$1" -u "$2")
test -n "$undefined"
if echo "$undefined" | grep -E '_Z|__cxa|__gxx'; then
  echo "error: $2 needs the C++ standard library" >&2
  exit 1
fi
