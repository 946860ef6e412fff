/** Something could not be captured, said for people: it becomes the diagnostic of the step that asked. */
export class CaptureRefused extends Error {}
