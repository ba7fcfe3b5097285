#!/bin/sh
# Makes sure that the servers which the system tests start are installed. The tests start and stop them themselves.
# Without root or apt-get it only says what is missing: those tests skip at home and fail where CI is set.
set -eu

missing=""
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || missing="$missing nginx-light"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium fonts-dejavu-core"

[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing for the system tests:$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update && apt-get -qq install -y --no-install-recommends $missing >/dev/null
else
    echo "Not installed, their tests will skip:$missing (Debian: apt-get install$missing)"
fi
