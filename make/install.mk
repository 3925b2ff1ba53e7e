# Installation and the Debian package.
#
#   DESTDIR=DIR              before everything, for packages
#   PREFIX=/usr/local        programs, units, documentation
#   SYSCONFDIR=/etc          configuration; files that are there stay
#   DEB_VERSION=1.2.3-1      of the package (that of package.json)

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=
DEB_VERSION ?=
export DESTDIR

.PHONY: install uninstall deb

install: build ## install below PREFIX (/usr/local), DESTDIR honoured
	$(Q)tools/install.sh $(PREFIX) $(SYSCONFDIR)

uninstall: ## remove what install put there, but not configuration and state
	$(Q)tools/uninstall.sh $(PREFIX)

deb: build ## the Debian package, in build/deb/
	$(call give-back,packaging/deb/build build/deb $(DEB_VERSION))
