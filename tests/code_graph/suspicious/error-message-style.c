void styles(void)
{
	ereport(LOG, errmsg("it ends with a stop.")); /* expect: error-message-style */
	ereport(LOG, errmsg("it does not"), errdetail("This one does."));
	ereport(LOG, errmsg("and so on ..."));
}
