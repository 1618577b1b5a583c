static int got_it = 0;
static volatile sig_atomic_t got_this = 0;

static void
handler(SIGNAL_ARGS)
{
	int save_errno = errno;

	got_it = 1; /* expect: signal-flag-not-volatile */
	got_this = 1;
	save_errno = 0;
}

static void
sets_outside(void)
{
	got_it = 2;
}
