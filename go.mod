module github.com/ginauth/ginauth

go 1.26

require (
	github.com/alicebob/miniredis/v2 v2.40.0
	github.com/appleboy/gin-jwt/v2 v2.10.3
	github.com/gin-gonic/gin v1.12.0
	github.com/golang-jwt/jwt/v4 v4.5.2
	github.com/redis/go-redis/v9 v9.23.0
	golang.org/x/crypto v0.58.0
)
