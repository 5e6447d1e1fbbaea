/* Exports another function than the query. */
__attribute__((visibility("default"))) int some_plugin_query(void) { return 0; }
