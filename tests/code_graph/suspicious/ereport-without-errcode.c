void reports(void)
{
	ereport(ERROR, (errmsg("no state"))); /* expect: ereport-without-errcode */
	ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("state")));
	ereport(LOG, (errmsg("only logged")));
	ereport(ERROR, (errcode_for_file_access(), errmsg("by errno")));
	ereport(ERROR, errmsg_internal("cannot happen"));
}
