int spins(Shared *shared)
{
	SpinLockAcquire(&shared->mutex); /* expect: spinlock-not-released */
	if (shared->n == 0)
		return 0;
	SpinLockRelease(&shared->mutex);
	return 1;
}

int stops(Shared *shared)
{
	int n;

	SpinLockAcquire(&shared->mutex);
	n = shared->n;
	SpinLockRelease(&shared->mutex);
	return n;
}
