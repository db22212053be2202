# SPDX-License-Identifier: ISC
# The lines of wifi_batman.sh that are JSON, as a table.

def cell: if . == null then "-" else tostring end;

["", "routes s", "TCP Mbit/s", "outage s", "worst s", "at rest B/s", "us/s", "record s"],
([inputs | fromjson? | select(.bench == "wifi")] | .[] |
	["\(.join) \(.daemon)", .routes_s, .tcp_mbit, .outage_s_median, .outage_s_worst, .rest_bytes, .rest_airtime_us,
	.record_s]) | map(cell) | @tsv
