# Installation. DESTDIR= for packages, PREFIX=/usr/local.

PREFIX ?= /usr/local
DESTDIR ?=
LIBDIR := $(DESTDIR)$(PREFIX)/lib/warder

.PHONY: install uninstall

install: build ## install below PREFIX (/usr/local), DESTDIR honoured
	$(Q)tools/install.sh $(LIBDIR) $(DESTDIR)$(PREFIX)/bin

uninstall: ## remove what install put there
	$(Q)rm -rf $(LIBDIR)
	$(Q)rm -f $(DESTDIR)$(PREFIX)/bin/warder
