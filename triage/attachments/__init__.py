"""Files that reporters sent: fetched sealed, opened in memory, shown behind walls, exported."""
