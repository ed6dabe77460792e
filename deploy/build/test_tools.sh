#!/usr/bin/env bash
# Installs the programs that tests drive and that no lock can bring: browsers, servers, fonts.
# Does nothing where they are there. Where it may not install, it says what is missing, and the
# tests that need it say that they were skipped; under CI=true that is an error.
set -euo pipefail

# The program that is looked for, and Debian's package that has it.
declare -A PACKAGE_OF=(
    [chromium]=chromium
    [firefox-esr]=firefox-esr
    [nginx]=nginx-light
    [tor]=tor
    [redis-server]=redis-server
    [faketime]=faketime
    [mat2]=mat2
    [systemd-analyze]=systemd
)
CJK_FONT=/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

missing=()
for program in "${!PACKAGE_OF[@]}"; do
    PATH="$PATH:/usr/sbin" command -v "$program" >/dev/null || missing+=("${PACKAGE_OF[$program]}")
done
[ -e "$CJK_FONT" ] || missing+=(fonts-noto-cjk)
[ "${#missing[@]}" -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "Missing for the full tests: ${missing[*]}" >&2
    [ "${CI:-}" != true ] || exit 1
    exit 0
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# Packaged services must not start by themselves: tests start their own, on ports of their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
fi
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
