int tries(LWLock *lock, bool early)
{
	if (LWLockConditionalAcquire(lock, LW_EXCLUSIVE))
	{
		work(); /* expect: conditional-lock-not-released */
		if (early)
			return 1;
		LWLockRelease(lock);
	}
	return 0;
}

int tries_well(LWLock *lock, bool early)
{
	if (LWLockConditionalAcquire(lock, LW_EXCLUSIVE))
	{
		work();
		LWLockRelease(lock);
	}
	return 0;
}
