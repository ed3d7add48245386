"""HEALTH, whether the installation works: probes for load balancers, metrics, heartbeats of workers."""
