# plan: begin
# plan: end
