// Package blobs knows where photographs are kept, what can be read from one, and what has to be taken out of it
// before anybody sees it. It knows nothing of visits, of HTTP or of the database: which photograph belongs to
// what, who may see it and when it goes is recorded elsewhere, under the [Key] that its content gives it.
//
// A photograph goes through [Inspect] first, which returns what the picture says of its own place and time, and
// the same picture without saying so. Only the latter is stored, in a [Dir] or in an [S3] bucket. Nothing is
// decoded on the way: pictures are taken apart and put together at the level of their containers, so every
// pixel stays as the phone made it, and no picture can make the server unpack it.
package blobs
