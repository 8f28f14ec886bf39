"""Runs on the disk: directories, checkpoints, snapshots, and networks to start from."""
