# SPDX-License-Identifier: Apache-2.0
# lib.sh - what try and check have in common; sourced at the top of the tree

build=${B:-build}
case $build in /*) ;; *) build=$PWD/$build ;; esac

# the packages, then the programs
prepare() {
	[ "$(id -u)" = 0 ] || {
		echo "has to be run as root: sudo $0" >&2
		exit 1
	}
	tests/install-deps
	make -s -j"$(nproc)" B="$build" CI="${CI:-}" all >/dev/null
}
