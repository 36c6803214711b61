// Package doctest contains only tests. They compare the documents with the repository: links
// resolve, code in documents and comments is code that compiles, the quickstart runs in a new
// module, and packages import each other as docs/architecture.md says. Tests of the sample
// check the commands and the JavaScript in the documents, and docs/openapi.yaml.
package doctest
