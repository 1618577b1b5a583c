int holds(Shared *shared)
{
	LWLockAcquire(shared->lock, LW_SHARED); /* expect: lwlock-not-released */
	if (shared->n == 0)
		return 0;
	LWLockRelease(shared->lock);
	return 1;
}

int lets_go(Shared *shared, bool locked)
{
	if (!locked)
		LWLockAcquire(shared->lock, LW_SHARED);
	if (shared->n == 0)
		elog(ERROR, "the resource owner releases it");
	if (!locked)
		LWLockRelease(shared->lock);
	return 1;
}

int in_a_loop(Shared *shared)
{
	for (;;)
	{
		LWLockAcquire(shared->lock, LW_SHARED);
		if (shared->n == 0)
			break;
		LWLockRelease(shared->lock);
		CHECK_FOR_INTERRUPTS();
	}
	LWLockRelease(shared->lock);
	return 1;
}

void caller_releases(Shared *shared)
{
	LWLockAcquire(shared->lock, LW_SHARED);
}
