void says(const char *text, StringInfo buf)
{
	const char *fixed = "constant";
	FILE *out = stderr;

	ereport(ERROR, (errcode(ERRCODE_X), errmsg(text))); /* expect: format-not-literal */
	elog(LOG, text); /* expect: format-not-literal */
	fprintf(out, text); /* expect: format-not-literal */
	appendStringInfo(buf, text); /* expect: format-not-literal */
	elog(LOG, "%s", text);
	elog(LOG, fixed);
	elog(LOG, FORMAT_OF_MACRO);
	appendStringInfoString(buf, text);
}
