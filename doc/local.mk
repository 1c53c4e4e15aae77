# SPDX-License-Identifier: MIT
dist_man_MANS += \
	doc/libvsock.3 \
	doc/tcp2vsock.1 \
	doc/tcp2vsock.conf.5 \
	$(NULL)
dist_doc_DATA += \
	doc/bridges.md \
	doc/containers.md \
	doc/enclaves.md \
	doc/example.conf \
	doc/from-others.md \
	doc/hybrid-vsock.md \
	doc/performance.md \
	doc/programs.md \
	doc/releasing.md \
	doc/resets.md \
	doc/security.md \
	doc/services.md \
	doc/virtual-machines.md \
	$(NULL)
EXTRA_DIST += \
	doc/before-after.svg \
	doc/performance/door.csv \
	doc/performance/filter.csv \
	doc/performance/idle.csv \
	doc/performance/machine.csv \
	doc/performance/price.csv \
	doc/performance/start.csv \
	doc/performance/traffic.csv \
	$(NULL)
