/*
 * record_row -- a payrow as the index stores it: one table of fields for both directions.
 */
#include <stddef.h>
#include <string.h>

#include "record.h"

#define ROW_VERSION	4

enum how { TEXT, INT, BIG };

/* Order is the stored order; a change needs another ROW_VERSION and INDEX_SCHEMA. */
#define F(member, how)	{ offsetof(struct payrow, member), \
	sizeof(((struct payrow *)0)->member), how }
static const struct { size_t at, size; enum how how; } fields[] = {
	F(account, TEXT), F(id, TEXT), F(parent, TEXT), F(customer, TEXT), F(other, TEXT),
	F(payer, TEXT), F(currency, TEXT), F(currency2, TEXT), F(unique_id, TEXT), F(reference, TEXT),
	F(message, TEXT), F(report, TEXT), F(gross, BIG), F(fee, BIG), F(gross2, BIG), F(refunded, BIG),
	F(reversed, BIG), F(cancelled, BIG), F(adjusted, BIG), F(recharged, BIG), F(event, BIG),
	F(cleared, BIG), F(recorded, BIG), F(fee_known, INT), F(deduct_fee, INT), F(disputed, INT), F(booked, INT),
	F(waiting, INT), F(unallocated, INT), F(doubtful, INT), F(desk, INT), F(alone, INT),
	F(corrected, INT),
};
#undef F
#define NFIELDS	(sizeof(fields) / sizeof(fields[0]))

int
record_row_pack(const struct payrow *row, struct buf *out, struct error *e)
{
	unsigned char p[sizeof(struct payrow) + 2 * NFIELDS + 8];
	size_t n = 0, i;

	p[n++] = ROW_VERSION;
	p[n++] = (unsigned char)row->move;
	p[n++] = (unsigned char)row->status;
	for (i = 0; i < NFIELDS; i++) {
		const char *at = (const char *)row + fields[i].at;
		int flag;

		switch (fields[i].how) {
		case TEXT: {
			size_t len = strnlen(at, fields[i].size);

			p[n++] = (unsigned char)len;
			memcpy(p + n, at, len);
			n += len;
			break;
		}
		case BIG:
			memcpy(p + n, at, sizeof(int64_t));
			n += sizeof(int64_t);
			break;
		case INT:
			memcpy(&flag, at, sizeof(flag));
			p[n++] = flag != 0;
			break;
		}
	}
	return buf_add(out, p, n, e);
}

int
record_row_unpack(struct payrow *row, const void *v, size_t len, struct error *e)
{
	const unsigned char *p = v, *end = p + len;
	size_t i;

	memset(row, 0, sizeof(*row));
	if (len < 3 || p[0] != ROW_VERSION || p[1] >= MOVES || p[2] >= PAY_STATUSES)
		goto bad;
	row->move = (enum movement)p[1];
	row->status = (enum paystatus)p[2];
	p += 3;
	for (i = 0; i < NFIELDS; i++) {
		char *at = (char *)row + fields[i].at;
		size_t need = fields[i].how == BIG ? sizeof(int64_t) : 1;
		int flag;

		if ((size_t)(end - p) < need)
			goto bad;
		switch (fields[i].how) {
		case TEXT:
			if (*p >= fields[i].size || (size_t)(end - p) < (size_t)*p + 1)
				goto bad;
			memcpy(at, p + 1, *p);
			p += *p + 1;
			break;
		case BIG:
			memcpy(at, p, sizeof(int64_t));
			p += sizeof(int64_t);
			break;
		case INT:
			flag = *p++;
			memcpy(at, &flag, sizeof(flag));
			break;
		}
	}
	if (p == end)
		return 0;
bad:
	return error_set(e, ERR_CORRUPT, "a payment's row is damaged");
}

int
record_row_by_recorded(const void *a, const void *b)
{
	const struct payrow *x = a, *y = b;
	int d;

	if (x->recorded != y->recorded)
		return x->recorded < y->recorded ? -1 : 1;
	d = strcmp(x->id, y->id);
	return d != 0 ? d : (int)x->move - (int)y->move;
}
