/// The report of a run: one HTML file that needs nothing else.
///
/// May use: `fovea.core`, `fovea.vision.image`, `data`, `model`, `run`. Start reading at [Report];
/// each section of the page is a class of its own, and the page's style and script are the
/// resources `report.css` and `report.js`.
@NullMarked
package fovea.vision.report;

import org.jspecify.annotations.NullMarked;
