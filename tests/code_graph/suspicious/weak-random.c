int guessable(void)
{
	int dice = random(); /* expect: weak-random */

	return dice + random(3) + pg_prng_int32(&state);
}
