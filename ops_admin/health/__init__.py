"""Whether the installation works: answers for load balancers, and signs of life from the workers."""
