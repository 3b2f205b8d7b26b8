# daybook -- see README.md.  `make` needs no network; `make demo` and `make check` install what they need.
#
# Targets: all check demo crash bench fuzz install lint clean

VERSION   = 0.1.0
PREFIX    = /usr/local
DESTDIR   =
B         = build

CC       ?= cc
PKGS      = libcurl jansson gpgme libsodium nettle libseccomp
# clang 14 has this flag only behind another one
AUTOINIT := $(shell $(CC) -ftrivial-auto-var-init=zero -fsyntax-only -x c /dev/null 2>/dev/null && \
              echo -ftrivial-auto-var-init=zero)
WARN      = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2
HARDEN    = -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
            -fno-strict-overflow -fno-delete-null-pointer-checks $(AUTOINIT)
PKG_CPPFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS     := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
ALL_CPPFLAGS = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DDAYBOOK_VERSION='"$(VERSION)"' -Ilib -I$(B)/gen $(PKG_CPPFLAGS) $(CPPFLAGS)
ALL_CFLAGS   = -std=c11 -O2 -g -D_FORTIFY_SOURCE=2 $(WARN) $(HARDEN) $(CFLAGS)
ALL_LDFLAGS  = -pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack $(LDFLAGS)
LIBS         = $(PKG_LIBS) -lgdbm -lcsv

# lib/ by floor, ground first (design.md, Floors)
LIB_GROUND   = error buf digest money moment moment_offset text text_code charset durable lock csv_in cgi wall table keyed outfile spill
LIB_BOOKS    = spool gate secret site tail record record_json record_row journal evidence index books books_apply books_verify
LIB_BOOKS   += brief
LIB_BUSINESS = fact payment payment_legs payment_payout payment_correct customer breaks statement closing tariff rules
LIB_OUTSIDE  = http http_line sign provider/provider provider/setting provider/paypal_ipn provider/paypal_words \
               provider/paypal_checkout provider/paypal_lookup provider/paypal_rest provider/paypal_nvp \
               report/report report/reread report/paypal_activity report/paypal_columns
LIB_JOBS     = shelf desk desk_register desk_books desk_breaks desk_breaks_book desk_breaks_budget desk_closing door confirm poststate porter post post_batch post_clock match match_rows match_plain match_compare match_breaks match_rules match_try match_tariff match_write
LIB_OUTSIDE += report/paypal_codes report/paypal_stl report/paypal_stl_parse report/paypal_stl_rows \
               report/paypal_stl_check report/paypal_stl_totals
# what packs are made of; apart from pack_export and pack_collect linked by daybook-audit alone
LIB_BUSINESS += calendar
LIB_JOBS    += match_statement match_restated
LIB_PACK     = ofx pack pack_collect pack_state pack_entries pack_files pack_export pack_verify pack_readd pack_row \
               sheet pack_xlsx pdf pdf_table pack_pdf pack_pdf_statement pack_pdf_items \
               pack_pdf_lists
# mail: messages made, kept until they are sent, and sent
LIB_GROUND  += mime zip
LIB_BOOKS   += outbox outbox_change
LIB_OUTSIDE += mail seal
LIB_JOBS    += desk_receiver receiver courier packs pack_mail pack_letter
# Mass Pay
LIB_BUSINESS += masspay masspay_tie masspay_check
LIB_OUTSIDE += report/masspay_upload report/masspay_results
LIB_JOBS    += desk_masspay masspay_load match_masspay
# what providers are asked for
LIB_OUTSIDE += sftp report/paypal_search report/paypal_search_rows
LIB_JOBS    += fetch fetch_state fetch_search fetch_poll fetch_sftp fetched

LIB_MODULES  = $(LIB_GROUND) $(LIB_BOOKS) $(LIB_BUSINESS) $(LIB_OUTSIDE) $(LIB_JOBS) $(LIB_PACK)

BATCH        = daybook daybook-post daybook-fetch daybook-reconcile daybook-audit daybook-masspay
DAYBOOK_CMDS = cmd_init cmd_closing cmd_integration cmd_customer cmd_books cmd_breaks cmd_messages cmd_fees cmd_rules
DAYBOOK_CMDS += cmd_mail cmd_key
DAYBOOK_CMDS += cmd_calendar
CGI          = ipn
UNITS        = $(basename $(notdir $(wildcard tests/unit/*.c)))

# large downloads, quickly
LIB_GROUND  += csv_scan
LIB_OUTSIDE += report/paypal_cells report/paypal_order report/paypal_quick report/paypal_intern
LIB_JOBS    += match_files

LIB_OBJS     = $(LIB_MODULES:%=$(B)/lib/%.o)
PROGRAMS     = $(BATCH:%=$(B)/bin/%) $(CGI:%=$(B)/cgi-bin/%.cgi)

all: $(PROGRAMS)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/libdaybook.a: $(LIB_OBJS)
	rm -f $@
	ar rcs $@ $^

$(B)/bin/daybook: $(B)/batch/daybook.o $(DAYBOOK_CMDS:%=$(B)/batch/%.o) $(B)/libdaybook.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# PDF and XLSX: only what writes packs links these.
PAPER_LIBS   = $(shell pkg-config --libs xlsxwriter 2>/dev/null) -lhpdf
$(B)/bin/daybook-audit: $(B)/batch/daybook-audit.o $(B)/libdaybook.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) $(PAPER_LIBS)

$(B)/bin/%: $(B)/batch/%.o $(B)/libdaybook.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# Intake is linked statically, for a dynamic start costs more than the rest of its work, and with musl
# where there is one: glibc's start asks the processor some eighty questions, each of which traps
# under a hypervisor, and takes twice the time of all that intake does (design.md, Speed).
INTAKE       = error buf moment text durable cgi wall spool gate
MUSL        := $(wildcard /usr/lib/*-linux-musl)
INTAKE_LIBC := $(if $(and $(MUSL),$(shell command -v musl-gcc)),musl,glibc)
ifeq ($(INTAKE_LIBC),musl)
INTAKE_CC    = musl-gcc
INTAKE_CPPFLAGS = -isystem $(B)/gen/linux
INTAKE_CFLAGS = -std=c11 -Os -g $(WARN) -fPIE -fstack-protector-strong -fstack-clash-protection \
            -fno-strict-overflow -fno-delete-null-pointer-checks $(AUTOINIT) -ffunction-sections $(CFLAGS)
INTAKE_LDFLAGS = -static -nostartfiles -Wl,-pie,--no-dynamic-linker,-z,text,-z,relro,-z,now,-z,noexecstack \
            -Wl,--gc-sections $(MUSL)/rcrt1.o $(MUSL)/crti.o $(MUSL)/crtn.o
else
INTAKE_CC    = $(CC)
INTAKE_CFLAGS = $(ALL_CFLAGS)
INTAKE_LDFLAGS = -static-pie -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
endif
# What musl's own headers lack of the kernel's, and jsmn, which is one header.
$(B)/gen/linux:
	@mkdir -p $@
	ln -sf /usr/include/linux /usr/include/asm-generic /usr/include/jsmn.h $@
	ln -sf /usr/include/$(shell $(CC) -print-multiarch 2>/dev/null)/asm $@
$(B)/intake/%.o: %.c | $(B)/gen/linux
	@mkdir -p $(@D)
	$(INTAKE_CC) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DDAYBOOK_VERSION='"$(VERSION)"' -Ilib -I$(B)/gen $(INTAKE_CPPFLAGS) $(CPPFLAGS) \
	    $(INTAKE_CFLAGS) -MMD -MP -c -o $@ $<
$(B)/cgi-bin/%.cgi: $(B)/intake/cgi-bin/%.o $(INTAKE:%=$(B)/intake/lib/%.o)
	@mkdir -p $(@D)
	$(INTAKE_CC) $(INTAKE_CFLAGS) $(INTAKE_LDFLAGS) -o $@ $^

# The intake's system-call filter is made here, not at each request (seccomp_export_bpf).
$(B)/gen/mkfilter: etc/mkfilter.c
	@mkdir -p $(@D)
	$(CC) -O2 $(WARN) -D_GNU_SOURCE $(shell pkg-config --cflags libseccomp 2>/dev/null) -o $@ $< $(shell pkg-config --libs libseccomp 2>/dev/null)
$(B)/gen/filter_intake.h: $(B)/gen/mkfilter
	$(B)/gen/mkfilter > $@.tmp
	mv $@.tmp $@
$(B)/intake/cgi-bin/ipn.o: $(B)/gen/filter_intake.h

$(B)/unit/%: $(B)/tests/unit/%.o $(B)/libdaybook.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(LIBS) -Wl,--as-needed $(PAPER_LIBS)
units: $(UNITS:%=$(B)/unit/%)

# What `make bench` fills books with
$(B)/bench/%: $(B)/tests/bench/%.o $(B)/libdaybook.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# Fuzzers (tests/fuzz/all.sh builds them, with clang and B=build/fuzz)
FUZZERS = $(basename $(notdir $(wildcard tests/fuzz/*.c)))
$(B)/fuzz/%: $(B)/tests/fuzz/%.o $(B)/libdaybook.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)
fuzzers: $(FUZZERS:%=$(B)/fuzz/%)

SAMPLES   = $(wildcard etc/*.conf etc/*.service etc/*.socket etc/*.timer) etc/crontab
MANUALS   = $(BATCH:%=batch/%.8) $(CGI:%=cgi-bin/%.cgi.8)

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/daybook/cgi-bin \
	    $(DESTDIR)$(PREFIX)/share/man/man8 $(DESTDIR)$(PREFIX)/share/daybook
	install -m 755 $(BATCH:%=$(B)/bin/%) $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(CGI:%=$(B)/cgi-bin/%.cgi) $(DESTDIR)$(PREFIX)/lib/daybook/cgi-bin
	install -m 644 $(MANUALS) $(DESTDIR)$(PREFIX)/share/man/man8
	install -m 644 $(SAMPLES) INSTALL LICENSE $(DESTDIR)$(PREFIX)/share/daybook
	sed -i 's|/usr/local|$(PREFIX)|g' $(addprefix $(DESTDIR)$(PREFIX)/share/man/man8/,$(notdir $(MANUALS))) \
	    $(addprefix $(DESTDIR)$(PREFIX)/share/daybook/,$(notdir $(SAMPLES)))

# The packages may only just have come, and with them what pkg-config said above: so a make anew.
demo check bench fuzz crash:
	@sh etc/packages $@
	@$(MAKE) --no-print-directory run-$@
run-demo:
	@echo building
	@$(MAKE) --no-print-directory -s -j"$$(nproc)" all
	@B="$(B)" sh tests/demo.sh
run-check:
	@sh tests/run
run-crash: all
	@sh tests/crash/all.sh
run-bench: all $(B)/bench/planted
	@sh tests/bench/all.sh
run-fuzz:
	@sh tests/fuzz/all.sh

lint:
	shellcheck etc/packages .ci/run tests/run $(shell find tests -name '*.sh' -o -name '*.t')
	mandoc -T lint -W warning $(MANUALS)

clean:
	rm -rf $(B)

.PHONY: all units fuzzers install demo check bench run-demo run-check run-bench run-fuzz run-crash crash fuzz lint clean
.SECONDARY:
-include $(shell find $(B) -type f -name '*.d' 2>/dev/null)
