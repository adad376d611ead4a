"""What helps with models: gradients, parametrizations, sequences. 模型工具。"""
