#!/bin/sh
# usage: check-link.sh CC INCLUDE SOURCE ARCHIVE
# Links and runs a C program with the archive, libm and zlib alone.
set -e
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
"$1" -std=c11 -Wall -Wextra -Werror -pedantic -I"$2" "$3" "$4" -lz -lm -pthread -o "$directory/embed"
if ldd "$directory/embed" | grep -E 'stdc\+\+|libgcc_s'; then
  echo "error: the program needs the C++ standard library" >&2
  exit 1
fi
"$directory/embed"
