"""What the product survives, measured from outside: each module has `run(...)`, small in `make test`, long in `make faults`."""
