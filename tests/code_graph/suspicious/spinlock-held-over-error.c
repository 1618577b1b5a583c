void works_under(Shared *shared)
{
	SpinLockAcquire(&shared->mutex);
	if (shared->n == 0)
		elog(ERROR, "none"); /* expect: spinlock-held-over-error */
	SpinLockRelease(&shared->mutex);
	elog(LOG, "done");
}

void works_after(Shared *shared)
{
	int n;

	SpinLockAcquire(&shared->mutex);
	n = shared->n;
	SpinLockRelease(&shared->mutex);
	if (n == 0)
		elog(ERROR, "none");
}
