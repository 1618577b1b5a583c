int pins(Relation rel)
{
	Buffer buf = ReadBuffer(rel, 0); /* expect: buffer-not-released */

	if (is_empty(BufferGetPage(buf)))
		return 0;
	ReleaseBuffer(buf);
	return 1;
}

int unpins(Relation rel)
{
	Buffer buf = ReadBuffer(rel, 0);
	int n;

	LockBuffer(buf, BUFFER_LOCK_SHARE);
	n = items_of(BufferGetPage(buf));
	UnlockReleaseBuffer(buf);
	return n;
}

Buffer gives_buffer(Relation rel)
{
	Buffer buf = ReadBuffer(rel, 0);

	return buf;
}
