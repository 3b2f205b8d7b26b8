/* money: an amount that is taken is printed and taken again as the same. */
#include "fuzz.h"

#include "money.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const ccys[] = { "USD", "JPY", "KWD" };
	const char *s = (const char *)data, *ccy = ccys[size % 3];
	char out[MONEY_TEXT];
	struct error e = { 0 };
	int64_t v, back;
	int way;

	(void)money_currency_known(s, size);
	for (way = 0; way < 3; way++) {
		int rc = way == 0 ? money_parse(s, size, ccy, &v, &e) :
		    money_parse_local(s, size, ccy, way == 1 ? '.' : ',', &v, &e);

		if (rc == 0 && (money_parse(money_print(v, ccy, out), strlen(out), ccy, &back, &e) == -1 ||
		    back != v))
			broken("money", out);
	}
	return 0;
}
