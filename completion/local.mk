# SPDX-License-Identifier: MIT
# Where the shells look: they load a file by the command's name.
bashcompdir = $(datadir)/bash-completion/completions
dist_bashcomp_DATA = completion/tcp2vsock
zshcompdir = $(datadir)/zsh/site-functions
dist_zshcomp_DATA = completion/_tcp2vsock
