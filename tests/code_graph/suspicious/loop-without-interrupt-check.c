#include "postgres.h"

void sleeps(Shared *shared)
{
	for (;;) /* expect: loop-without-interrupt-check */
	{
		if (shared->done)
			break;
		pg_usleep(1000L);
	}
}

void sleeps_well(Shared *shared)
{
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (shared->done)
			break;
		pg_usleep(1000L);
	}
}

void bounded(Shared *shared)
{
	for (int i = 0; i < 10; i++)
		pg_usleep(1000L);
}
