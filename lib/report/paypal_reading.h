/*
 * paypal_reading -- what the files of the activity reader share; nobody else includes it.
 *
 * Two ways lead to the rows (struct quick, in file order): cell by cell through libcsv, every row
 * full (paypal_activity.c), or by threads that take ordinary payments from the bytes themselves and
 * leave the rest as full rows (paypal_quick.c).  From there on there is one way (paypal_order.c).
 */
#ifndef DAYBOOK_PAYPAL_READING_H
#define DAYBOOK_PAYPAL_READING_H

#include "csv_in.h"
#include "report/paypal_columns.h"
#include "report/report.h"

enum dates { MDY, DMY, YMD, DATES };

struct line {				/* a full row's cells */
	size_t		line;
	uint32_t	at[COLUMNS];	/* into cells; 0: the empty text */
};

enum { QUICK_FULL = 1, QUICK_BALANCE = 2, QUICK_SAID = 4 };
struct quick {
	int64_t		time;
	int64_t		gross, fee, balance;
	uint64_t	at;		/* where its line begins; full: number in v */
	uint32_t	line;
	uint32_t	seq;		/* place among rows of one time */
	uint32_t	seconds;	/* of the day; full, in a part: bytes of the line */
	char		id[REPORT_PLAIN_ID];
	uint16_t	date;		/* number of a text, as are zone and own */
	uint8_t		zone, own;
	uint8_t		currency;	/* money_number */
	uint8_t		flags;
};

struct names {				/* distinct texts of the quick rows */
	char	**v;
	size_t	  n;
};

struct reading {
	const char	*file;
	const struct report_options *o;
	int		 fd;
	int		 col[COLUMNS];	/* column number, -1 */
	int		 have_header;
	char		 delim;
	enum paypal_language lang;
	struct buf	 cells;
	struct line	*v;
	size_t		 n, cap;
	size_t		 skipped;	/* lines before what csv_in is given */
	struct quick	*q;
	size_t		 nq;
	int		 quick;		/* some of q are not full */
	struct names	 date_texts, zones, owns;
	int		 dates_ok[DATES];
	size_t		 dates_bad[DATES];	/* first line that contradicts */
	int		 dates_differ;
	int		 decimal_ok[2], decimal_differ;
	size_t		 decimal_bad[2], decimal_text[2];	/* its line, and the cell in cells */
	enum dates	 dates;
	char		 decimal;
	struct error	*e;
};

/* paypal_cells.c: one row from its cells, exactly */
void	reading_init(struct reading *r, const char *file, const struct report_options *o, struct error *e);
void	reading_free(struct reading *r);
static inline const char *
reading_cell(const struct reading *r, const struct line *l, enum paypal_column c)
{
	return r->cells.data + l->at[c];
}
/* Appends the cell as printable UTF-8 without blanks around; no NUL. */
int	reading_clean(struct buf *out, const char *s, size_t len, struct error *e);
int	reading_header(struct reading *r, const struct csv_row *row);
/* csv_row_fn: the header first, then rows. */
int	reading_row(void *arg, const struct csv_row *row, struct error *e);
/* 1 where the text is a date in that order. */
int	reading_date(const char *s, enum dates how, int ymd[3]);
void	reading_weigh_date(struct reading *r, const char *s, size_t line);
int	reading_time(const char *s, int *seconds);
int	reading_decide_decimal(struct reading *r);
/* A full row; *net as its column says; *said: the Balance Impact column spoke. */
int	reading_make_row(struct reading *r, const struct line *l, struct report_row *row, int *said,
	    int64_t *net);
void	reading_address(char dst[255], const char *s);

/* paypal_order.c: dates and decimals decided, rows in time order; then out to the sink */
int	reading_arrange(struct reading *r);
int	reading_deliver(struct reading *r, const struct report_sink *sink);
/* The whole of a quick row, from its line; event and line are p's.  ERR_INPUT: changed since. */
int	reading_again(struct reading *r, int fd, const struct report_plain *p, struct report_row *row);

/*
 * paypal_quick.c: fills q, and v with the rows that are not taken quickly.  1; 0 where the file is not
 * ordinary or anything is wrong with it: r is then of no more use.
 */
#define READING_LINE_MAX 65536
int	reading_quick(struct reading *r);

#endif
