/*
 * ofx -- see ofx.h.
 */
#include <stdio.h>
#include <string.h>

#include "money.h"
#include "ofx.h"

#define OFX_TIME	32

struct moved {				/* of one provider account by one entry */
	char	account[65], currency[4], kind[24], payment[72], id[48];
	int64_t	net, fee;		/* fee: what of it was a cost, given back negative */
	int64_t	recorded, event;
};

int
ofx_take(struct spill *s, const struct record *r, size_t i, struct error *e)
{
	const struct entry *en = &r->entries[i];
	size_t k, f;

	for (k = 0; k < en->nlegs; k++) {
		const struct leg *l = &en->legs[k];
		struct moved m;
		char key[160];
		int n;

		if (strncmp(l->account, "Assets:", 7) != 0 || strchr(l->account + 7, ':') != NULL ||
		    strlen(l->account + 7) >= sizeof(m.account))
			continue;
		memset(&m, 0, sizeof(m));
		memcpy(m.account, l->account + 7, strlen(l->account + 7));
		memcpy(m.currency, l->currency, sizeof(m.currency));
		memcpy(m.kind, en->kind, sizeof(m.kind));
		memcpy(m.payment, en->payment, sizeof(m.payment));
		(void)snprintf(m.id, sizeof(m.id), "%llu-%zu", (unsigned long long)r->n, i + 1);
		m.net = l->minor;
		m.recorded = r->time;
		m.event = en->event == 0 ? r->time : en->event;
		for (f = 0; f < en->nlegs; f++)
			if (strncmp(en->legs[f].account, "Expenses:Fees:", 14) == 0 &&
			    strcmp(en->legs[f].account + 14, m.account) == 0 &&
			    strcmp(en->legs[f].currency, m.currency) == 0 &&
			    money_add(&m.fee, en->legs[f].minor, e) == -1)
				return -1;
		/* A fee with nothing beside it is the movement itself. */
		if (m.fee == -m.net)
			m.fee = 0;
		n = snprintf(key, sizeof(key), "%s\t%s\t%s\t%zu", m.id, m.account, m.currency, k);
		if (spill_put(s, key, (size_t)n, (int64_t)r->n, &m, sizeof(m), e) == -1)
			return -1;
	}
	return 0;
}

/* "20261125235959.000[0:GMT]" */
static char *
when(int64_t us, char out[OFX_TIME])
{
	char t[MOMENT_TEXT];

	moment_print(us, t);
	(void)snprintf(out, OFX_TIME, "%.4s%.2s%.2s%.2s%.2s%.2s.000[0:GMT]", t, t + 5, t + 8, t + 11, t + 14,
	    t + 17);
	return out;
}

/* Text of ours, at most max bytes of it, with what XML needs escaped. */
static int
xml(struct buf *b, const char *s, size_t max, struct error *e)
{
	size_t i;

	for (i = 0; s[i] != '\0' && i < max; i++) {
		unsigned char c = (unsigned char)s[i];
		int rc = c == '&' ? buf_adds(b, "&amp;", e) : c == '<' ? buf_adds(b, "&lt;", e) :
		    c == '>' ? buf_adds(b, "&gt;", e) : buf_add(b, c < 0x20 || c > 0x7e ? "?" : s + i, 1, e);

		if (rc == -1)
			return -1;
	}
	return 0;
}

int
ofx_head(struct outfile *o, int64_t as_of, size_t n, struct error *e)
{
	char t[OFX_TIME];

	return buf_addf(outfile_buf(o), e,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n"
	    "<?OFX OFXHEADER=\"200\" VERSION=\"220\" SECURITY=\"NONE\" OLDFILEUID=\"NONE\" NEWFILEUID=\"NONE\"?>\n"
	    "<OFX>\n<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>"
	    "<DTSERVER>%s</DTSERVER><LANGUAGE>ENG</LANGUAGE></SONRS></SIGNONMSGSRSV1>\n%s",
	    when(as_of, t), n > 0 ? "<BANKMSGSRSV1>\n" : "");
}

struct writing {
	struct outfile			*o;
	const struct ofx_statement	*st;
};

static int
transaction(struct writing *w, const struct moved *m, int64_t minor, int is_fee, struct error *e)
{
	struct buf *b = outfile_buf(w->o);
	char posted[OFX_TIME], user[OFX_TIME], amount[MONEY_TEXT];
	const char *type = is_fee || strcmp(m->kind, "fee") == 0 ? "FEE" : minor < 0 ? "DEBIT" : "CREDIT";

	if (buf_addf(b, e, "<STMTTRN><TRNTYPE>%s</TRNTYPE><DTPOSTED>%s</DTPOSTED><DTUSER>%s</DTUSER>"
	    "<TRNAMT>%s</TRNAMT><FITID>%s%s</FITID>", type, when(m->recorded, posted), when(m->event, user),
	    money_print(minor, m->currency, amount), m->id, is_fee ? "-fee" : "") == -1)
		return -1;
	if (m->payment[0] != '\0' && (buf_adds(b, "<REFNUM>", e) == -1 ||
	    xml(b, m->payment, 32, e) == -1 || buf_adds(b, "</REFNUM>", e) == -1))
		return -1;
	if (buf_addf(b, e, "<NAME>%s%s</NAME>", is_fee ? "fee of " : "", m->kind) == -1)
		return -1;
	if (m->payment[0] != '\0' && (buf_adds(b, "<MEMO>", e) == -1 || xml(b, m->payment, 255, e) == -1 ||
	    buf_adds(b, "</MEMO>", e) == -1))
		return -1;
	return buf_adds(b, "</STMTTRN>\n", e);
}

static int
one_moved(void *arg, const void *v, size_t len, struct error *e)
{
	struct writing *w = arg;
	struct moved m;
	int64_t gross;

	(void)len;
	memcpy(&m, v, sizeof(m));
	if (strcmp(m.account, w->st->account) != 0 || strcmp(m.currency, w->st->currency) != 0)
		return 0;
	gross = m.net;
	if (money_add(&gross, m.fee, e) == -1 || transaction(w, &m, gross, 0, e) == -1 ||
	    (m.fee != 0 && transaction(w, &m, -m.fee, 1, e) == -1))
		return -1;
	return outfile_drain(w->o, e);
}

int
ofx_statement(struct outfile *o, const struct ofx_statement *st, struct spill *s, struct error *e)
{
	struct writing w = { o, st };
	struct buf *b = outfile_buf(o);
	char from[OFX_TIME], to[OFX_TIME], opening[MONEY_TEXT], closing[MONEY_TEXT], id[80];

	/* ACCTID holds 22 characters; the currency makes it unique among the account's balances. */
	(void)snprintf(id, sizeof(id), "%.18s-%s", st->account, st->currency);
	when(st->from, from);
	when(st->to, to);
	if (buf_addf(b, e, "<STMTTRNRS><TRNUID>0</TRNUID><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>\n"
	    "<STMTRS><CURDEF>%s</CURDEF><BANKACCTFROM><BANKID>daybook</BANKID><ACCTID>", st->currency) == -1 ||
	    xml(b, id, 22, e) == -1 ||
	    buf_addf(b, e, "</ACCTID><ACCTTYPE>CHECKING</ACCTTYPE></BANKACCTFROM>\n<BANKTRANLIST>"
	    "<DTSTART>%s</DTSTART><DTEND>%s</DTEND>\n", from, to) == -1 ||
	    spill_each(s, one_moved, &w, e) == -1)
		return -1;
	/* BALLIST would hold the opening balance too, but libofx's DTD, of OFX 1.6, has none. */
	return buf_addf(b, e, "</BANKTRANLIST>\n<LEDGERBAL><BALAMT>%s</BALAMT><DTASOF>%s</DTASOF></LEDGERBAL>\n"
	    "<MKTGINFO>Opening balance %s %s</MKTGINFO>\n</STMTRS></STMTTRNRS>\n",
	    money_print(st->closing, st->currency, closing), to,
	    money_print(st->opening, st->currency, opening), st->currency);
}

int
ofx_end(struct outfile *o, size_t n, struct error *e)
{
	return buf_addf(outfile_buf(o), e, "%s</OFX>\n", n > 0 ? "</BANKMSGSRSV1>\n" : "");
}
