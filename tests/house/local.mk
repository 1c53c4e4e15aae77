# SPDX-License-Identifier: MIT
EXTRA_DIST += tests/house/house.py
