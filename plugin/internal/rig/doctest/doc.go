// Package doctest has no code of its own. Its tests hold the documents to the tree: links
// lead somewhere, code in documents and comments is code that compiles, the quickstart runs
// in a new module, and packages import each other as docs/architecture.md says. The commands
// and the JavaScript in documents, and docs/openapi.yaml, are held by tests of the sample.
package doctest
