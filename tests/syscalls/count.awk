# SPDX-License-Identifier: MIT
#
# Two traces of trace.sh, TCP first: for each section how many system calls TCP
# makes, and which ones are added. Only the second round counts: what is done
# once in a process is not the price of a call.
FNR == 1 { file++; counting = 0 }
$1 == "again" { counting = 1; next }
$1 == "setup" || $1 == "stop" || !counting { next }
!($1 in known) { known[$1]; order[++n] = $1 }
$2 == "" { times[$1, file]++; next }
{
	calls[$1, file]++
	if (!(($1, $2) in named)) {
		named[$1, $2]
		names[$1] = names[$1] " " $2
	}
	of[$1, $2, file]++
}

# In a section that comes several times every one is the same.
function each(count, section) {
	return count / times[section, 1]
}

END {
	FS = " "
	for (i = 1; i <= n; i++) {
		s = order[i]
		k = split(names[s], name, " ")
		text = ""
		for (j = 1; j <= k; j++) {
			more = each(of[s, name[j], 2] - of[s, name[j], 1], s)
			if (more != 0)
				text = text (text ? ", " : "") \
					(more == 1 ? "" : more " ") name[j]
		}
		printf "%-38s %2d  %+3d%s\n", s, each(calls[s, 1], s),
			each(calls[s, 2] - calls[s, 1], s),
			text ? "  " text : ""
	}
}
