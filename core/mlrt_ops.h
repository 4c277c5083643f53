/* Generated from the op rows by `make docs`; do not edit. */
