"""The tools of this app for agents, over MCP, the Model Context Protocol: https://modelcontextprotocol.io"""
