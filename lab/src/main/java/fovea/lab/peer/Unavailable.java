package fovea.lab.peer;

/// Something that a contestant cannot do, said in one sentence to whoever reads the table.
public final class Unavailable extends RuntimeException {
  private static final long serialVersionUID = 1;

  public Unavailable(String why) {
    super(why);
  }
}
