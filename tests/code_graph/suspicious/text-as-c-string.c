Datum
lengths(PG_FUNCTION_ARGS)
{
	text *t = PG_GETARG_TEXT_PP(0);
	int n = strlen(VARDATA_ANY(t)); /* expect: text-as-c-string */
	int m = VARSIZE_ANY_EXHDR(t);

	memcpy(buf, VARDATA_ANY(t), m);
	PG_RETURN_INT32(n + m);
}
