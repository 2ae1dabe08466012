"""Load on a whole installation: servers, workers, chats, and the loops that press on them."""
