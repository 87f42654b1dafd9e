#!/bin/sh
# A browser with Chinese fonts for the end-to-end tests: the system's, or the one Playwright fetches.
# Usage: sh tests/support/browser.sh PLAYWRIGHT
set -u
playwright=$1

have_browser() {
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    return 1
}

have_font() {
    command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh-cn family 2>/dev/null)" ]
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

by_apt() {
    command -v apt-get >/dev/null 2>&1 || return 1
    export DEBIAN_FRONTEND=noninteractive
    as_root apt-get -qq update && as_root apt-get -qq install --yes --no-install-recommends "$@" >/dev/null
}

have_font || by_apt fontconfig fonts-noto-cjk || echo "no Chinese font: pictures of pages will show boxes"
have_browser && exit 0
# Ubuntu's package of that name only points to a snap, which runs in no container.
grep -qi '^ID=ubuntu' /etc/os-release 2>/dev/null || { by_apt chromium && have_browser && exit 0; }
"$playwright" install chromium >/dev/null 2>&1 && exit 0
echo "no browser could be installed: install Chromium (Debian: apt-get install chromium), then run make again" >&2
exit 1
