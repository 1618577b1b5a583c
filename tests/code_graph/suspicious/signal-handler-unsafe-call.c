static void
bad_handler(SIGNAL_ARGS)
{
	elog(LOG, "caught"); /* expect: signal-handler-unsafe-call */
	SetLatch(MyLatch);
}

static void
good_handler(SIGNAL_ARGS)
{
	SetLatch(MyLatch);
}

static void
no_handler(int code)
{
	elog(LOG, "caught");
}
