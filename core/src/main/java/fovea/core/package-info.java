/// What every part of Fovea may use: the errors that are meant for people.
@NullMarked
package fovea.core;

import org.jspecify.annotations.NullMarked;
