# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# A real tree of this machine, always the same one on the same machine: 2,000 to 3,000
# files, links among them, of 20 to 25 MB. And what makes two trees equal, by a walk that
# knows nothing of qanat. To be sourced.

# Names and sizes of what may be taken, in a fixed order, with the most of each root.
real_tree_candidates() {
	local root most
	while read -r most root; do
		[ -d "$root" ] || continue
		find "$root" \( -type l -o -type f -readable \) -size -4000k ! -name '*[[:cntrl:]]*' \
			-printf "$most\t%s\t%p\n" 2>/dev/null | LC_ALL=C sort -t $'\t' -k 3
	done <<-ROOTS
	500 /usr/share/zoneinfo
	900 /usr/share/perl
	2300 /usr/include
	2300 /usr/share/doc
	2300 /usr/lib/python3
	0 /usr/lib
	0 /usr/share
	ROOTS
}

# First up to 2,300 names of mostly small files, then larger ones until there are 21 MB.
real_tree_choose() {
	awk -F '\t' -v files_most=2300 -v each=8500 -v bytes_least=21000000 '
		{ if ($3 in seen) next; seen[$3] = 1; split($3, part, "/"); root = part[3] "/" part[4] }
		$1 > 0 && files < files_most && taken[root] < $1 && bytes + $2 < (files + 250) * each {
			taken[root]++; files++; bytes += $2; print $3; next
		}
		$2 > 100000 { large[++count] = $3; size[count] = $2 }
		END {
			for (i = 1; i <= count && files < 2990 && bytes < bytes_least; i++)
				if (bytes + size[i] < 24500000) {
					files++; bytes += size[i]; print large[i]
				}
		}'
}

real_tree_copy() { # DIR: made here
	local dir
	mkdir -p "$1" && dir=$(realpath "$1") || return
	real_tree_candidates | real_tree_choose >"$dir.list"
	(cd / && sed 's|^/||' "$dir.list" | tr '\n' '\0' |
		xargs -0 cp -dp --parents --no-preserve=ownership -t "$dir" --) || return
	rm -f "$dir.list"
	[ "$(find "$dir" -mindepth 1 ! -type d | wc -l)" -ge 1000 ]
}

# One line for each thing in a tree: type, mode, mtime to the nanosecond, size, target,
# name; then the content of each file. Of directories the time is not compared: a file
# that comes or goes changes it.
tree_walk() { # DIR
	cd "$1" || return
	find . -mindepth 1 -path ./.qanat -prune -o \
		-type f -printf 'f %m %T@ %s %p\0' -o \
		-type l -printf 'l %T@ %l %p\0' -o \
		-printf '%y %m %p\0' | LC_ALL=C sort -z
	find . -path ./.qanat -prune -o -type f -print0 | LC_ALL=C sort -z |
		xargs -0 -r sha256sum -z --
}

tree_hash() { # DIR
	local sum
	sum=$( (tree_walk "$1") 2>/dev/null | sha256sum)
	echo "${sum%% *}"
}

# Files (and links, and directories) and bytes of a tree.
tree_count() { # DIR
	(cd "$1" && find . -mindepth 1 -path ./.qanat -prune -o ! -type d -printf '%y %s\n') 2>/dev/null |
		awk '{ n++ } $1 == "f" { b += $2 } END { printf "%d %.0f\n", n, b }'
}
