package territory

// explain says of each shortfall why it is one, and of the change how little it could have been.
func (p Problem) explain(*Plan) {}
