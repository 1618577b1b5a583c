int reads_freed(Thing *thing, bool early)
{
	pfree(thing); /* expect: use-after-free */
	return thing->size;
}

int takes_one_way(Thing *thing, bool early)
{
	if (early)
		pfree(thing); /* expect: use-after-free */
	log_it(1);
	return thing->size;
}

int returns_at_once(Thing *thing, bool early)
{
	if (early)
	{
		pfree(thing);
		return 0;
	}
	return thing->size;
}

int remembers(Thing *thing, bool early)
{
	if (early)
		pfree(thing);
	if (!early)
		return thing->size;
	return 0;
}

void in_turns(List *list)
{
	ListCell *lc;

	foreach(lc, list)
	{
		Thing *thing = lfirst(lc);

		use_thing(thing);
		pfree(thing);
	}
}

void made_again(Thing *thing)
{
	pfree(thing);
	thing = make_thing();
	thing->size = 1;
}

void fails(Thing *thing)
{
	pfree(thing);
	elog(ERROR, "no way on");
	thing->size = 1;
}
